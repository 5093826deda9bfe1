import validate from "validate-npm-package-name";
import { errors } from "./error-codes.js";

/** What the templates call a plugin and its stage. */
export interface Names {
  /** Of the npm package: `@you/leader-flash`. */
  readonly package: string;
  /** Of the stage: `flash`. */
  readonly stage: string;
  /** The start of identifiers: `flash`, which the templates go on as `flashRule`, so that no reserved word stands alone. */
  readonly identifier: string;
  /** The prefix of error codes: `YOU_LEADER_FLASH`. */
  readonly codes: string;
}

/** The names that follow from that of a package. Errors: `NAME_INVALID`. */
export function namesOf(name: string): Names {
  const { validForNewPackages, errors: wrong = [], warnings = [] } = validate(name);
  if (!validForNewPackages) throw errors.NAME_INVALID({ name, problems: [...wrong, ...warnings] });
  const words = name.replace(/^@[^/]*\//u, "").split(/[^a-z0-9]+/u);
  // What every plugin has in common says nothing about one: @you/leader-flash has the stage flash.
  const own = words.filter((word) => !["", "leader", "plugin"].includes(word));
  if (own.length === 0) throw errors.NAME_INVALID({ name, problems: ["it says nothing but that this is a plugin of LEADer"] });
  const camel = own.map((word, i) => (i === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join("");
  return {
    package: name,
    stage: own.join("-"),
    identifier: /^\d/u.test(camel) ? `stage${camel}` : camel,
    codes: name
      .split(/[^a-z0-9]+/u)
      .filter((word) => word !== "")
      .join("_")
      .toUpperCase(),
  };
}
