import type { TestRunner } from '../types.ts';
import { joinWords, programIndex, programName, word } from '../words.ts';
import { collectReports, readXmlReports } from './junit-xml.ts';
import { simpleCommand } from './simple.ts';

/** Gradle's JUnit XML: https://docs.gradle.org/current/userguide/java_testing.html#test_reporting */
export const gradle: TestRunner = {
  name: 'gradle',

  async matches(command) {
    const words = simpleCommand(command);
    if (!words || !/^gradlew?$/.test(programName(words))) return false;
    return words.some((entry) => /^(:?[\w-]+:)*(test|check|build|[\w-]*Test)$/.test(entry.value));
  },

  async instrument(command, reportFolder) {
    const words = [...simpleCommand(command)!];
    // Without its old results a test task is never up to date, and none may come from a cache.
    const options = ['--continue', '--no-build-cache', '--console=plain'];
    words.splice(programIndex(words) + 1, 0, ...options.map(word));
    return { command: collectReports(joinWords(words), ['test-results'], reportFolder), environment: {} };
  },

  read: (input) => readXmlReports(input, { compileFailed: /^> Task \S*compile\S* FAILED$/im }),
};
