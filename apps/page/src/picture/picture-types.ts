import type { About } from "../api/views.js";

/**
 * What is offered to be chosen as a picture: systems do not know all endings as those of pictures. Phones make JPEG of a HEIC picture where
 * HEIC is not asked for, so it is only where the service reads it.
 */
export const pictureTypes = (about: Pick<About, "pictures"> | undefined): string => ["image/*", ...(about?.pictures ?? []), ".npy"].join();

/** The kinds of pictures in words. */
export const pictureKinds = (about: Pick<About, "pictures"> | undefined): string =>
  `PNG, JPEG, WebP, AVIF, TIFF${about?.pictures.includes(".heic") === true ? ", HEIC" : ""}.`;
