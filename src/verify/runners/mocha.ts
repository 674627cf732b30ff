import { mochaReporter } from '../reporters/javascript.ts';
import { readSigned } from '../signed-report.ts';
import type { TestRunner } from '../types.ts';
import { joinWords, programIndex, programName, word } from '../words.ts';
import { simpleCommand, withoutOptions } from './simple.ts';

const reporterFile = 'mocha-reporter.cjs';

/** mocha: https://mochajs.org/running/cli/ */
export const mocha: TestRunner = {
  name: 'mocha',

  async matches(command) {
    const words = simpleCommand(command);
    return words !== null && /^_?mocha(\.js)?$/.test(programName(words));
  },

  async instrument(command, reportFolder) {
    const all = simpleCommand(command)!;
    const at = programIndex(all) + 1;
    const rest = withoutOptions(all.slice(at), ['--reporter', '-R', '--reporter-option', '--reporter-options', '-O']);
    const words = [
      ...all.slice(0, at),
      word('--reporter'),
      word(`${reportFolder}/${reporterFile}`),
      // Stopping at the first failure would leave the other tests unknown.
      word('--no-bail'),
      ...rest.filter((entry) => !/^(-w|--watch|-b|--bail)$/.test(entry.value)),
    ];
    return { command: joinWords(words), environment: {}, files: { [reporterFile]: mochaReporter(reportFolder) } };
  },

  read: readSigned,
};
