import { splitCommand, type Word } from '../words.ts';

/** The words of a command that is one simple command, else null. */
export function simpleCommand(command: string): Word[] | null {
  const steps = splitCommand(command);
  return steps?.length === 1 ? steps[0]! : null;
}

/** Drops options that take a value, given as `--name value` or `--name=value`. */
export function withoutOptions(words: readonly Word[], names: readonly string[]): Word[] {
  const kept: Word[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const { value } = words[index]!;
    if (names.includes(value)) index += 1;
    else if (!names.some((name) => value.startsWith(`${name}=`))) kept.push(words[index]!);
  }
  return kept;
}
