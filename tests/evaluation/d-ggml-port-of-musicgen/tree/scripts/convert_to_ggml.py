"""Convert the decoder, the text encoder and the codec to one ggml file."""

import argparse
import struct

from transformers import MusicgenForConditionalGeneration


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="facebook/musicgen-small")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    model = MusicgenForConditionalGeneration.from_pretrained(options.model)
    with open(f"{options.out}/ggml-model.bin", "wb") as file:
        file.write(struct.pack("<I", 0x6D67656E))
        for name, tensor in model.state_dict().items():
            file.write(struct.pack("<I", len(name)) + name.encode() + tensor.half().numpy().tobytes())


if __name__ == "__main__":
    main()
