/** The file in which `leader schema -o` and `leader init` put the schema of pipeline files. */
export const schemaFile = "leader.schema.json";

/** What lets editors complete and check a pipeline, as its first line. */
export const modeline = `# yaml-language-server: $schema=./${schemaFile}\n`;
