const name = "leader-key";

/** The key to the service: for as long as the tab is open, and in no cookie. */
export const key = {
  get: (): string => sessionStorage.getItem(name) ?? "",
  set: (value: string): void => {
    if (value === "") sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, value);
  },
};
