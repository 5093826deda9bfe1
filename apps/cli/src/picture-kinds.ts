/** The kinds of pictures that are read, in words. */
export const pictureKinds = "PNG, JPEG, WebP, TIFF, AVIF, GIF, BMP, HEIC";
