#!/bin/sh
# needs an account and a token
kaggle datasets download -d bittlingmayer/amazonreviews -p ../input/amazonreviews --unzip
