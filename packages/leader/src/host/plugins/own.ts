/** A plugin that comes with the host, under the short name that pipelines use. */
interface OwnPlugin {
  /** Name of its package. */
  readonly package: string;
  /** Imports it as a module, so that it is found in every form in which the host can be loaded. */
  readonly load: () => Promise<unknown>;
}

const own: Readonly<Record<string, OwnPlugin>> = {
  leader: { package: "@leader/method", load: () => import("@leader/method") },
};

/** The short names of the plugins that come with the host. */
export const ownNames: readonly string[] = Object.keys(own);

/** The plugin that a short name or a package name means, if it comes with the host. Nothing else can take its place. */
export const ownPlugin = (name: string): OwnPlugin | undefined =>
  Object.entries(own).find(([short, { package: full }]) => name === short || name === full)?.[1];

/** How pipelines name a plugin: by its short name if it has one. */
export const referenceName = (plugin: string): string => Object.entries(own).find(([, one]) => one.package === plugin)?.[0] ?? plugin;
