const area = (b) => Math.max(0, b[2] - b[0]) * Math.max(0, b[3] - b[1]);

export function iou(a, b) {
  const inter = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  return inter / (area(a) + area(b) - inter);
}
