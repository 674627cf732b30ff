const STOP_WORDS = new Set(['a', 'an', 'and', 'of', 'or', 'the', 'to']);

/** The words of a text worth looking up, lower case, in order. */
export function words(text) {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !STOP_WORDS.has(word));
}
