#!/bin/sh
# VOC2007 trainval + VOC2012 trainval, test on VOC2007 test
set -e
python -m tinyanchor.train --init ta-n.pth --sets VOC2007:trainval VOC2012:trainval --epochs 24
