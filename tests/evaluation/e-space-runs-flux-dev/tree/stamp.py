# SPDX-License-Identifier: Apache-2.0
from PIL import Image, ImageDraw


def frame(picture, country):
    w, h = picture.size
    out = Image.new("RGB", (w + 80, h + 80), "ivory")
    out.paste(picture, (40, 40))
    d = ImageDraw.Draw(out)
    for x in range(0, w + 80, 24):
        d.ellipse((x, -8, x + 14, 8), fill="black")
        d.ellipse((x, h + 72, x + 14, h + 88), fill="black")
    d.text((48, 44), country.upper())
    return out
