import { blocks } from './blocks.js'

export function* split(text, { max = 1000, overlap = 0 } = {}) {
  let chunk = ''
  for (const block of blocks(text)) {
    if (chunk && chunk.length + block.length > max) {
      yield chunk
      chunk = overlap ? chunk.slice(-overlap) : ''
    }
    chunk += block
  }
  if (chunk) yield chunk
}
