import hydra


@hydra.main(config_path="../configs", config_name="train", version_base="1.3")
def main(cfg):
    trainer = hydra.utils.instantiate(cfg.trainer)
    trainer.fit(hydra.utils.instantiate(cfg.model), hydra.utils.instantiate(cfg.data))


if __name__ == "__main__":
    main()
