/* SPDX-License-Identifier: Apache-2.0 */
/* What the search for unneeded packages shares: what is needed so far. */
#ifndef WAYBILL_UNNEEDED_PRIVATE_H
#define WAYBILL_UNNEEDED_PRIVATE_H

#include "audit/audit_private.h"

/* Where programs that were loaded before said that libraries are to be looked for: DT_RPATH. */
struct search_context {
    const struct search_context *next; /* of all there are, each once */
    const struct search_context *outer;
    const struct wb_executable *executable;
    const char *origin; /* the directory of the file that says so */
};

/* That a file was seen with a context. */
struct seen_context {
    const struct search_context *context;
    struct seen_context *next;
};

struct needed_file {
    bool is_needed;
    struct seen_context *seen;
};

/* A file whose own needs are still to be followed. */
struct pending_file {
    size_t file;
    const struct search_context *context;
};

struct library_directory;
struct needs {
    struct wb_audit *audit;
    struct wb_arena *arena;
    uint64_t steps; /* path components, and contexts, that may still be looked at */
    /* Beside audit->files. */
    struct needed_file *files;
    size_t *by_node; /* indexes of audit->files, by the node's address */
    size_t *by_name; /* of what may be a library, by the last component; made when first needed */
    size_t by_name_count;
    const struct search_context *contexts;
    struct pending_file *pending;
    size_t pending_count, pending_capacity;
    bool *packages; /* by wb_package.index */
    /* How the image is run. */
    const char *working_directory;
    const char **command_directories; /* PATH */
    size_t command_directory_count;
    const char **library_directories; /* LD_LIBRARY_PATH */
    size_t library_directory_count;
    struct library_directory *configured; /* of /etc/ld.so.conf */
    size_t configured_count, configured_capacity;
    const char *supervisor; /* a needed program that runs what its configuration names; NULL */
    const char *unread;     /* the first needed file of which its needs could not be read; NULL */
    const char *unresolved; /* the first library that is not there, with who needs it; NULL */
    size_t unresolved_count;
    bool has_static_program; /* among what is needed */
};

/* ---- needed_files.c ---- */

struct needs *needs_new(struct wb_audit *audit);
void needs_free(struct needs *needs);
WB_AUTO_DECLARE(needs)
/* The value of a variable of the image's environment; NULL. */
const char *needs_environment(const struct needs *needs, const char *name);
/* The file that the path leads to and all symlinks on the way are needed, and what it needs. False:
 * there is nothing, or a directory. */
bool needs_path(struct needs *needs, const char *path, const struct search_context *context);
/* The index of the path's file in audit->files, symlinks followed; SIZE_MAX. */
size_t needs_find(struct needs *needs, const char *path);
/* The file itself is needed, and what it needs. */
void needs_file(struct needs *needs, size_t file, const struct search_context *context);
/* NULL: neither run nor linked. */
const struct wb_executable *needs_executable(const struct needs *needs, size_t file);
/* Follows all that is pending. */
void needs_follow(struct needs *needs);

/* ---- needed_commands.c ---- */

/* A program as a shell finds it: with a slash a path, else in PATH. */
bool needs_command(struct needs *needs, const char *name);
/* Every word that is a command, the path of a file or the name of a library. */
void needs_words(struct needs *needs, struct wb_bytes text);

/* ---- needed_roots.c ---- */

/* Entry point and command. False, with a word on why, where they do not lead to a program. */
bool needs_entry_point(struct needs *needs, const char **reason);
/* The health check; libraries that are loaded before others; files that variables name. */
void needs_environment_files(struct needs *needs);

/* ---- library_search.c ---- */

/* All libraries of the name that the dynamic linker could load for the program (ld.so(8)) are
 * needed. */
bool needs_library(struct needs *needs, const char *name, const struct wb_executable *executable,
                   const char *origin, const struct search_context *context);
/* All libraries of the name, wherever they are and for whatever machine. */
void needs_library_anywhere(struct needs *needs, const char *name);

/* ---- library_directories.c ---- */

struct library_directory {
    const char *path;
    const char *stated_in; /* a file of the image */
};
/* Fills needs->configured from /etc/ld.so.conf and what it includes, within bounds. */
void needs_library_directories(struct needs *needs);

/* ---- needed_data.c: what programs load without saying so ---- */

/* Adds what is pending, what packages need, and what the files of all these load by name. */
void needs_data(struct needs *needs);

/* ---- needed_packages.c ---- */

/* Whether the package is needed so far; NULL is not. */
bool needs_owner(const struct needs *needs, const struct wb_package *package);
/* Adds what needed packages depend on. */
void needs_dependencies(struct needs *needs);
/* For each package (by its index) why a person should look before it is removed; NULL where it is
 * needed or nothing is known. Texts live with the report; the array belongs to the caller. */
const char **needs_cautions(struct needs *needs);

#endif
