/** The part of `text` around the first place where `word` stands, at most `width` characters of context a side. */
export function snippet(text, word, width = 20) {
  const at = text.toLowerCase().indexOf(word.toLowerCase());
  if (at === -1) {
    return text.slice(0, width * 2);
  }
  const start = Math.max(0, at - width);
  const end = Math.min(text.length, at + word.length + width);
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
}
