/** Paragraphs, tables and fences, each as one string. A heading sticks to the next block. */
export function blocks(text) {
  const out = []
  let fence = false
  let current = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) fence = !fence
    current += line + '\n'
    if (!fence && line.trim() === '' && !/^#+ .*\n\n$/.test(current)) {
      out.push(current)
      current = ''
    }
  }
  if (current) out.push(current)
  return out
}
