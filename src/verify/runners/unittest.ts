import { unittestRunner } from '../reporters/python.ts';
import { readSigned } from '../signed-report.ts';
import type { TestRunner } from '../types.ts';
import { joinWords, programName, type Word, word } from '../words.ts';
import { simpleCommand } from './simple.ts';

const runnerFile = 'parlay_unittest.py';

/** `python -m unittest …`: our runner takes the module's place and keeps the interpreter and every argument. */
export const unittest: TestRunner = {
  name: 'unittest',

  async matches(command) {
    const words = simpleCommand(command);
    return words !== null && /^(python|pypy|coverage)/.test(programName(words)) && moduleIndex(words) > 0;
  },

  async instrument(command, reportFolder) {
    const words = [...simpleCommand(command)!];
    words.splice(moduleIndex(words), 2, word(`${reportFolder}/${runnerFile}`));
    return {
      command: joinWords(words),
      environment: { PYTHONDONTWRITEBYTECODE: '1' },
      files: { [runnerFile]: unittestRunner(reportFolder) },
    };
  },

  read: readSigned,
};

function moduleIndex(words: readonly Word[]): number {
  return words.findIndex((entry, index) => entry.value === '-m' && words[index + 1]?.value === 'unittest');
}
