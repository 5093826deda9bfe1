/** The restoration in the address of the page, so that it is found again after a reload. */

const pattern = /^#r=([0-9a-f-]{36})$/u;

export const rememberedId = (): string | undefined => pattern.exec(location.hash)?.[1];

export function remember(id: string | undefined): void {
  const { pathname, search } = location;
  history.replaceState(null, "", `${pathname}${search}${id === undefined ? "" : `#r=${id}`}`);
}
