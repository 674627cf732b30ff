/** A program and faults: a text of it and what replaces the text. */
export interface RankedProgram {
  name: string;
  source: string;
  faults: [string, string][];
}

/** A program with its tests, and faults. */
export interface Program extends RankedProgram {
  test: string;
}
