/** Bytes of the largest file the audit reads. */
export const largestFile = 1_000_000;

/** A file's content as text, or why it is none. */
export function asText(bytes: Buffer): { text: string | null; problem?: string } {
  if (bytes.length > largestFile) return { text: null, problem: `larger than ${largestFile / 1_000_000} MB` };
  if (bytes.includes(0)) return { text: null, problem: 'binary' };
  return { text: bytes.toString('utf8') };
}
