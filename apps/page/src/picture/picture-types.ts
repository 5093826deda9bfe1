/** What is offered to be chosen as a picture: systems do not know all of these endings as pictures. */
export const pictureTypes = "image/*,.tif,.tiff,.heic,.heif,.hif,.npy";
