/*! @waveback/hands 2.0.1 | Apache-2.0 */
export class Hands {
  static async create({ model = new URL("../models/palm_lite.tflite", import.meta.url) } = {}) {
    const bytes = await (await fetch(model)).arrayBuffer();
    return new Hands(bytes);
  }
  constructor(bytes) { this.bytes = bytes; }
  find(source) { return []; }
}
