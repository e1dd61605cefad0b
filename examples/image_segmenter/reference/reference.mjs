// SPDX-License-Identifier: Apache-2.0
// Copyright the maxctl authors
//
// The research code itself answers: MAX's own Image Segmenter for JavaScript, from the source tree that maxctl fetched.

import { appendFileSync, readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import * as converter from '@tensorflow/tfjs-converter';
import * as core from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { PNG } from 'pngjs';

const request = JSON.parse(readFileSync(process.env.MAXCTL_REQUEST, 'utf8'));
const say = (line) => appendFileSync(process.env.MAXCTL_RESPONSE, `${JSON.stringify(line)}\n`);
core.enableProdMode();

// the package asks for tfjs-node and a file: address; it gets the backend in plain JavaScript, and the same files
const tf = { ...core, loadGraphModel: () => converter.loadGraphModel({ load: async () => graph() }) };
const load = Module._load;
Module._load = (name, ...rest) => (name === '@tensorflow/tfjs-node' ? tf : load(name, ...rest));
// methods of tensors that tfjs-node adds one by one
for (const op of ['resizeBilinear', 'expandDims', 'toInt', 'unstack']) {
  core.Tensor.prototype[op] ??= {
    resizeBilinear(size) { return core.image.resizeBilinear(this, size); },
    expandDims(axis) { return core.expandDims(this, axis); },
    toInt() { return core.cast(this, 'int32'); },
    unstack(axis) { return core.unstack(this, axis); },
  }[op];
}
const segmenter = createRequire(import.meta.url)(
  path.join(request.sources['image-segmenter'], 'dist', 'max.imgseg.cjs.js'),
);

function graph() {
  const folder = path.join(request.artifacts, 'model');
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(path.join(folder, 'model.json'), 'utf8'));
  const bytes = Buffer.concat(
    weightsManifest.flatMap((group) => group.paths).map((name) => readFileSync(path.join(folder, name))),
  );
  return {
    modelTopology,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  };
}

say({ event: 'started', versions: { node: process.versions.node, '@codait/max-image-segmenter': segmenter.version, '@tensorflow/tfjs-core': core.version_core } });
for (const { id, input } of request.cases) {
  const { width, height, data } = PNG.sync.read(readFileSync(input));
  const found = await segmenter.predict({ width, height, data: new Uint8Array(data) });
  const { width: across, height: down } = found.imageSize;
  say({ id, response: { status: 'ok', image_size: [across, down], seg_map: found.segmentationMap } });
}
