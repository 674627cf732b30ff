import packageFile from '../../package.json' with { type: 'json' };

/** Parlay's version, from package.json. */
export const version: string = packageFile.version;
