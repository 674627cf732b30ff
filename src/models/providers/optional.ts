import { ParlayError } from '../../system/errors.ts';

/**
 * Loads a provider package that is installed only by those who use it.
 * @throws ParlayError with the command that installs it.
 */
export async function optionalPackage<Module>(name: string, provider: string): Promise<Module> {
  try {
    return (await import(name)) as Module;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes(name)) throw cause;
    throw new ParlayError(`${provider} needs the package ${name}, which is not installed.`, {
      why: 'Packages of providers that few people use are left out of the installation.',
      next: `npm install ${name}   (beside Parlay: add -g if Parlay was installed with -g)`,
      cause,
    });
  }
}
