/* SPDX-License-Identifier: Apache-2.0 */
/* The package databases of an image while its layers are applied one by one. (databases.c) */
#ifndef WAYBILL_DATABASES_H
#define WAYBILL_DATABASES_H

#include "sbom/attribution.h"
#include "sbom/sbom.h"

/* The files that one state of one database consists of. */
struct database_files {
    const char **names; /* of status.d's files; NULL entries otherwise */
    const struct wb_entry **entries;
    size_t count, capacity, name_count, name_capacity;
};

/* One place where a database may lie, and what became of it. */
struct database_place {
    const struct database_kind *kind;
    bool present; /* in the state last looked at */
    struct database_files files;
    char *path;                /* where it really lies, without symlinks */
    struct wb_layer_span span; /* of the database as files */
    /* The last state that held packages. */
    bool had_packages;
    int good_layer; /* the last layer after which it was so */
    struct database_files good_files;
    struct wb_bom *identity_bom; /* owns `identities` */
    struct wb_package_list identities;
    /* The state last looked at, when it could not be read. */
    bool unreadable;
    struct wb_error failure;
};

struct wb_databases;
struct wb_databases *wb_databases_new(void);
void wb_databases_free(struct wb_databases *databases);
WB_AUTO_DECLARE(wb_databases)

/* Looks at the databases as `layer` left them and brings the attribution up to date. `layers` are
 * the records applied so far (layer + 1 of them): contents that nobody needs any more are released.
 */
void wb_databases_observe(struct wb_databases *databases, const struct wb_rootfs *rootfs,
                          struct wb_layer **layers, int layer);

/* After the last layer: reads every database in full into bom->packages, residues, databases,
 * trusted_keys and findings, with spans. A database that a layer deleted or emptied is read from
 * the last layer that had it; then *before_deletion is the index of that layer, otherwise -1 (the
 * file lists of dpkg are to be looked for in the file system as that layer left it). A database
 * that cannot be read at all is an error; bom->layers must be filled in already, for its message.
 */
bool wb_databases_read(struct wb_databases *databases, struct wb_bom *bom, int *before_deletion,
                       struct wb_error *err) WB_MUST_CHECK;

#endif
