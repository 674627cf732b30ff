/** A program with its tests, and faults: a text of it and what replaces the text. */
export interface Program {
  name: string;
  source: string;
  test: string;
  faults: [string, string][];
}
