/** Version of the plugin contract (not of the package). Minor: new optional members. Major: anything an existing plugin notices. */
export const API_VERSION = "1.0";
