const version = /^(\d+)\.(\d+)(?:\.(\d+))?(-[0-9A-Za-z.-]+)?$/u;

interface ApiVersion {
  readonly major: number;
  readonly minor: number;
  readonly prerelease: boolean;
}

function parse(text: string): ApiVersion | undefined {
  const match = version.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]), prerelease: match[4] !== undefined };
}

/**
 * Whether a plugin written for one version of the contract runs on a host of another (OpenTelemetry's rule): the same major, and
 * the plugin's minor at most the host's; below 1.0 the minor counts as the major; a pre-release fits only itself; what
 * cannot be parsed does not fit.
 */
export function isCompatible(plugin: string, host: string): boolean {
  const wanted = parse(plugin);
  const offered = parse(host);
  if (wanted === undefined || offered === undefined) return false;
  if (wanted.prerelease || offered.prerelease) return plugin === host;
  if (wanted.major !== offered.major) return false;
  return wanted.major === 0 ? wanted.minor === offered.minor : wanted.minor <= offered.minor;
}

/** The plugin versions that a host accepts, for people. */
export function acceptedVersions(host: string): string {
  const parsed = parse(host);
  if (parsed === undefined || parsed.prerelease || parsed.major === 0) return host;
  return parsed.minor === 0 ? `${parsed.major}.0` : `${parsed.major}.0 to ${parsed.major}.${parsed.minor}`;
}

/** True if a plugin wants a later contract than the host's: the host is what must be upgraded then. */
export function isNewer(plugin: string, host: string): boolean {
  const [wanted, offered] = [parse(plugin), parse(host)];
  if (wanted === undefined || offered === undefined) return false;
  return wanted.major === offered.major ? wanted.minor > offered.minor : wanted.major > offered.major;
}
