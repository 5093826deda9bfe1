/**
 * Names of the values that pass between the host and the phases of a sampler, in families: `noise:z`, `state.0`, `prior.x0`. Made and
 * recognised here alone, so that no other file knows how a name is spelt.
 */
const prefixes = {
  from: "from.",
  to: "to.",
  noise: "noise:",
  signs: "signs:",
  prior: "prior.",
  kept: "kept.",
  freshNoise: "freshNoise.",
  guidance: "guidance.",
  state: "state.",
  modulatorState: "modulatorState.",
  prepared: "prepared.",
  common: "common.",
  led: "led.",
  finite: "finite:",
} as const;

export type ValueFamily = keyof typeof prefixes;

/** A name of a family. */
export type ValueName<F extends ValueFamily = ValueFamily> = `${(typeof prefixes)[F]}${string}`;

/** The name of a value within its family, such as `x0` of `prior`. */
export const valueName = <F extends ValueFamily>(family: F, own: string | number): ValueName<F> => `${prefixes[family]}${own}`;

/** True if the name is of one of the families. */
export const isNamed = <F extends ValueFamily>(name: string, ...families: readonly F[]): name is ValueName<F> =>
  families.some((family) => name.startsWith(prefixes[family]));

/** What a name says within its family. */
export const ownName = <F extends ValueFamily>(family: F, name: ValueName<F>): string => name.slice(prefixes[family].length);
