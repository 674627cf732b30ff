import { InvalidArgumentError } from 'commander';

/** Reads the number of an attempt. */
export function attemptNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Attempts are numbered 1, 2, 3 and so on.');
  return Number(text);
}
