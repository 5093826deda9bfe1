import type { Command } from "commander";

/** Adds what all commands that restore pictures ask about their results. */
export const withResults = (command: Command): Command =>
  command
    .option("-o, --output <path>", "folder for the results, a file name for a single input, or a pattern with {name} and {ext}", ".")
    .option("--file-quality <1-100>", "quality of JPEG, WebP and AVIF results (default: at least 95; WebP lossless)")
    .option("--strip", "leave EXIF, XMP and the record out of the results; colour profile and density stay", false)
    .option("--restore-alpha", "restore transparency too, as a grey picture, in place of carrying it along and resizing it")
    .option("--record <place>", "where the record of what made a result is kept: inside its file (default), beside it, or none")
    .option("--report <path>", "also write a report: a page NAME.html, or a folder that keeps the runs and their pages")
    .option("--overwrite", "replace results that exist", false)
    .option("--recursive", "also what is in subfolders; results keep the subfolder", false)
    .option(
      "--parts <pixels>",
      "restore large pictures in overlapping parts of this side (for most tasks 192 at least); auto (default): as memory allows; off: whole",
    )
    .option("--shard <i/n>", "only this part of the inputs, such as 1/4")
    .option(
      "--summary [file]",
      "write a summary as JSON (default: summary.json in the folder of the results, of shard 2/4 summary.2-of-4.json)",
    );
