// SPDX-License-Identifier: Apache-2.0
// Copyright the maxctl authors
//
// The research code itself answers: coco-ssd, from the source tree that maxctl fetched and scanned, on the same
// artifacts as the service. README.md says what goes in and what comes out.

import { appendFileSync, readFileSync, realpathSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';

const SELF = fileURLToPath(import.meta.url);
const MAX_BOXES = 20; // coco-ssd's own default
const MAX_PIXELS = 50_000_000;

class RequestError extends Error {}

async function main() {
  const request = parsed(fromEnvironment('MAXCTL_REQUEST'));
  const answers = fromEnvironment('MAXCTL_RESPONSE');
  const say = (line) => appendFileSync(answers, `${JSON.stringify(line)}\n`);

  const root = request.sources?.['coco-ssd'];
  if (!root) throw new RequestError('the request names no sources["coco-ssd"]');
  const { code, core, versions } = researchCode(root);
  say({ event: 'started', versions });

  const ids = new Map(parsed(request.labels).map(({ id, name }) => [name, String(id)]));
  const model = path.join(request.artifacts, 'model', 'model.json');
  const detector = await code.load({ modelUrl: { load: async () => graphModel(model) } });
  for (const { id, input, parameters } of request.cases) {
    const predictions = await detect(detector, core, input, parameters?.threshold ?? 0.5, ids);
    say({ id, response: { status: 'ok', predictions } });
  }
}

/** The code in the source tree, with its peer dependencies taken from this folder's node_modules. */
function researchCode(root) {
  const here = createRequire(SELF);
  const manifest = parsed(path.join(root, 'package.json'));
  const peers = Object.keys(manifest.peerDependencies ?? {});
  const resolve = Module._resolveFilename;
  const us = Object.assign(new Module(SELF), { paths: Module._nodeModulePaths(path.dirname(SELF)) });
  // The tree has no node_modules, and must share one tfjs-core with the backend: so it gets ours, and only those.
  Module._resolveFilename = function (name, parent, ...rest) {
    const mine = peers.some((peer) => name === peer || name.startsWith(`${peer}/`));
    return resolve.call(this, name, mine ? us : parent, ...rest);
  };
  const core = here('@tensorflow/tfjs-core');
  core.enableProdMode(); // no advertising on standard error
  here('@tensorflow/tfjs-backend-cpu');
  // dist/index.js is the readable code that patches apply to; `main` is a bundle of the same modules
  const code = here(path.join(root, 'dist', 'index.js'));
  const versions = { node: process.versions.node, [manifest.name]: manifest.version };
  for (const name of [...peers, '@tensorflow/tfjs-backend-cpu'].sort()) {
    versions[name] = here(`${name}/package.json`).version;
  }
  return { code, core, versions };
}

/** TF.js's description of a graph model on disk: topology, weight entries, and the bytes of all shards. */
function graphModel(file) {
  const { modelTopology, weightsManifest, format, generatedBy, convertedBy, signature } = parsed(file);
  const folder = realpathSync(path.dirname(file));
  const shards = weightsManifest.flatMap((group) => group.paths).map((name) => {
    const shard = realpathSync(path.resolve(folder, name));
    if (!shard.startsWith(folder + path.sep)) throw new RequestError(`${file}: the shard ${name} leaves its folder`);
    return readFileSync(shard);
  });
  const bytes = Buffer.concat(shards);
  return {
    modelTopology,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    format,
    generatedBy,
    convertedBy,
    signature,
  };
}

/** MAX's predictions for one picture: what coco-ssd's own `detect` finds, best first. */
async function detect(detector, core, file, threshold, ids) {
  const { width, height, rgb } = picture(file);
  const image = core.tensor3d(rgb, [height, width, 3], 'int32');
  const found = await detector.detect(image, MAX_BOXES, threshold);
  image.dispose();
  return found
    .map(({ bbox: [x, y, w, h], class: label, score }) => {
      const id = ids.get(label);
      if (id === undefined) throw new RequestError(`the label "${label}" is not among MAX's labels`);
      return {
        label_id: id,
        label,
        probability: score,
        detection_box: [y / height, x / width, (y + h) / height, (x + w) / width],
      };
    })
    .sort((a, b) => b.probability - a.probability || Number(a.label_id) - Number(b.label_id));
}

/** The pixels of a PNG or JPEG file as RGB, without alpha. */
function picture(file) {
  const bytes = readFileSync(file);
  let decoded;
  if (bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))) {
    decoded = PNG.sync.read(bytes);
  } else if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    decoded = jpeg.decode(bytes, { useTArray: true, maxResolutionInMP: MAX_PIXELS / 1e6, maxMemoryUsageInMB: 2048 });
  } else {
    throw new RequestError(`${file} is neither PNG nor JPEG`);
  }
  const { width, height, data } = decoded;
  const rgb = new Int32Array(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = data[from];
    rgb[to + 1] = data[from + 1];
    rgb[to + 2] = data[from + 2];
  }
  return { width, height, rgb };
}

function fromEnvironment(name) {
  const value = process.env[name];
  if (!value) throw new RequestError(`${name} is not set: this program is started by \`maxctl record\``);
  return value;
}

function parsed(file) {
  if (!file) throw new RequestError('the request names no labels');
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RequestError(`${file}: ${error.message}`);
  }
}

try {
  await main();
} catch (error) {
  const text = process.env.MAXCTL_DEBUG ? error.stack : `${error.message}`.split('\n')[0];
  process.stderr.write(`reference: ${text}\n`);
  process.exitCode = 1;
}
