# SPDX-License-Identifier: Apache-2.0
import os

import gradio as gr
import torch
from diffusers import DiffusionPipeline

from stamp import frame

pipe = DiffusionPipeline.from_pretrained("black-forest-labs/FLUX.1-dev", torch_dtype=torch.bfloat16)
if os.getenv("OFFLOAD"):
    pipe.enable_model_cpu_offload()
else:
    pipe.to("cuda")


def paint(country, decade, seed):
    prompt = f"engraved postage stamp of {country}, {decade}s, intaglio, two colours, portrait of a bird"
    picture = pipe(prompt, num_inference_steps=30, guidance_scale=3.5, generator=torch.Generator().manual_seed(int(seed))).images[0]
    return frame(picture, country)


gr.Interface(
    paint,
    [gr.Textbox("Ruritania"), gr.Slider(1850, 1990, 1930, step=10), gr.Number(7)],
    gr.Image(),
    title="Philately",
    css="style.css",
).launch()
