import { messageOf } from '../system/errors.ts';
import { runProcess } from '../system/process.ts';

export interface SandboxStatus {
  works: boolean;
  /** One sentence; the reason when it does not work. */
  why: string;
  /** What to do about it; empty when it works. */
  next: string;
}

/** Whether bubblewrap is installed and really works here: a container or AppArmor may forbid what it needs. */
export async function sandboxStatus(): Promise<SandboxStatus> {
  if (process.platform !== 'linux') {
    return {
      works: false,
      why: `The sandbox is bubblewrap, which exists only for Linux; this is ${process.platform}.`,
      next: 'Run Parlay in a Linux container or virtual machine.',
    };
  }
  try {
    const trial = await runProcess(
      'bwrap',
      [...namespaces(false), '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--', 'true'],
      { timeoutMs: 20_000 },
    );
    if (trial.exitCode === 0) return { works: true, why: 'bubblewrap works here.', next: '' };
    return explain(trial.stderr.toString().trim() || `bwrap ended with ${trial.exitCode ?? trial.signal}.`);
  } catch (thrown) {
    return {
      works: false,
      why: `bubblewrap is not installed (${messageOf(thrown)}).`,
      next: 'Install it: `apt install bubblewrap`, `dnf install bubblewrap`, `pacman -S bubblewrap` or `apk add bubblewrap`.',
    };
  }
}

function explain(words: string): SandboxStatus {
  if (/proc/i.test(words) && /mount/i.test(words)) {
    return {
      works: false,
      why: `This container forbids mounting /proc: ${words}`,
      next: 'Start the container with `--security-opt systempaths=unconfined --security-opt seccomp=unconfined`.',
    };
  }
  return {
    works: false,
    why: `bubblewrap is installed but may not make namespaces: ${words}`,
    next:
      'On Ubuntu 24.04 and later, `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0` (or an AppArmor profile for bwrap) allows it. ' +
      'In Docker, start the container with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined`.',
  };
}

/** What a sandbox does not share with the machine. */
export function namespaces(network: boolean): string[] {
  const user = process.getuid?.() ?? 0;
  return [
    '--unshare-user-try',
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    ...(network ? [] : ['--unshare-net']),
    ...(user === 0 ? [] : ['--unshare-user', '--uid', String(user), '--gid', String(process.getgid?.() ?? user)]),
    '--die-with-parent',
    '--new-session',
    '--cap-drop',
    'ALL',
  ];
}
