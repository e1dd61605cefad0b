import * as ort from "onnxruntime-web";

const KINDS = ["text", "title", "list", "table", "figure"];
let session;

export async function blocks(source, { threshold = 0.5, kinds = KINDS } = {}) {
  session ??= await ort.InferenceSession.create(new URL("../model/blocks.onnx", import.meta.url));
  const { boxes, scores, labels } = await session.run({ page: await tensor(source) });
  return [...scores.data].flatMap((score, i) =>
    score > threshold && kinds.includes(KINDS[labels.data[i]]) ? [{ kind: KINDS[labels.data[i]], score, box: boxes.data.slice(4 * i, 4 * i + 4) }] : []);
}

async function tensor(source) {
  const bitmap = await createImageBitmap(source);
  return ort.Tensor.fromImage(bitmap);
}
