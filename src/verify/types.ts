import type { TestReport } from '../ledger/events.ts';
import type { CommandOptions, Shell, Workspace } from '../workspace/types.ts';

/** How a repository's tests are run and read. */
export interface VerifyPlan {
  /** The command as a person would type it. */
  command: string;
  /** The reader that understands its report; `command` when there is only an exit code. */
  runner: string;
  strength: 'report' | 'exit-code';
  /** Where it came from, such as `--verify` or `package.json script "test"`. */
  source: string;
  /** Folder relative to the repository's top; empty for the top. */
  folder: string;
}

/** What detection and readers may look at: files of a frozen base or a workspace. */
export interface FileView {
  /** null when there is no such file. */
  read(path: string): Promise<string | null>;
  exists(path: string): Promise<boolean>;
  list(path: string): Promise<string[]>;
}

/** A test runner that Parlay can read: one file in `src/verify/runners/`, one line in its table. */
export interface TestRunner {
  name: string;
  /** Whether this command, in this project, ends in this runner (scripts are resolved by the caller). */
  matches(command: string, files: FileView): Promise<boolean>;
  /** The command to run and the variables to set so that a machine report lands in `reportFolder`. */
  instrument(
    command: string,
    reportFolder: string,
    files: FileView,
  ): Promise<{ command: string; environment: Record<string, string> }>;
  /**
   * Reads the report. `complete` is false, with a `problem`, whenever the report is missing, cut off, or disagrees with
   * the exit code.
   */
  read(input: {
    reportFolder: string;
    output: string;
    exitCode: number | null;
    timedOut: boolean;
  }): Promise<Pick<TestReport, 'tests' | 'complete' | 'problem'>>;
}

export interface RunTestsInput {
  workspace: Pick<Workspace, 'files' | 'root'> & { shell: Shell };
  plan: VerifyPlan;
  timeoutMs: number;
  signal?: AbortSignal;
  onOutput?: CommandOptions['onOutput'];
}
