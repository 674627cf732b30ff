import {
  closeSync,
  constants,
  type Dirent,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';

/** Linux's O_PATH, which Node does not name: a handle on a place, without opening what is there. */
const pathOnly = 0o10000000;
/** With /proc, every step is taken from an open folder, so nothing that is renamed meanwhile can lead elsewhere. */
const byHandle = process.platform === 'linux' && existsSync('/proc/self/fd');

/**
 * An open folder of a tree that others may be changing with ill intent. Names are looked up in it one at a time, and
 * no link is ever followed. Close it after use (`using`).
 */
export class Folder implements Disposable {
  readonly #descriptor: number;
  readonly #path: string;

  private constructor(descriptor: number, path: string) {
    this.#descriptor = descriptor;
    this.#path = path;
  }

  /** Opens a trusted path, links followed. */
  static root(path: string): Folder {
    return byHandle ? new Folder(openSync(path, pathOnly | constants.O_DIRECTORY), path) : new Folder(-1, path);
  }

  /** Where `name` is, for one system call that does not follow links at the end. */
  at(name: string): string {
    return byHandle ? `/proc/self/fd/${this.#descriptor}/${name}` : join(this.#path, name);
  }

  /** undefined when there is nothing of that name. */
  lstat(name: string): Stats | undefined {
    return lstatSync(this.at(name), { throwIfNoEntry: false });
  }

  /** @throws ENOTDIR or ELOOP when it is not a folder. */
  folder(name: string): Folder {
    if (byHandle) {
      const flags = pathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW;
      return new Folder(openSync(this.at(name), flags), '');
    }
    if (!lstatSync(this.at(name)).isDirectory()) throw Object.assign(new Error('ENOTDIR'), { code: 'ENOTDIR' });
    return new Folder(-1, this.at(name));
  }

  /** Another handle on this folder. */
  again(): Folder {
    return byHandle
      ? new Folder(openSync(this.at('.'), pathOnly | constants.O_DIRECTORY), '')
      : new Folder(-1, this.#path);
  }

  list(): Dirent[] {
    return readdirSync(byHandle ? `/proc/self/fd/${this.#descriptor}/` : this.#path, { withFileTypes: true });
  }

  readLink(name: string): string {
    return readlinkSync(this.at(name));
  }

  readLinkBytes(name: string): Buffer {
    return readlinkSync(this.at(name), { encoding: 'buffer' });
  }

  /**
   * The bytes of a regular file.
   * @throws ENOENT; EINVAL for anything but a regular file (a pipe or device is not even opened); ELOOP for a link.
   */
  readFile(name: string): Buffer {
    if (!this.lstat(name)?.isFile()) {
      if (!this.lstat(name)) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      throw Object.assign(new Error('not a regular file'), { code: 'EINVAL' });
    }
    // Should it become a pipe in this very moment, opening does not wait for the other end.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const descriptor = openSync(this.at(name), flags);
    try {
      if (!fstatSync(descriptor).isFile()) throw Object.assign(new Error('not a regular file'), { code: 'EINVAL' });
      return readFileSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  [Symbol.dispose](): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
  }
}
