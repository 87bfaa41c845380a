/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of SPDX 3.0.1 as JSON-LD share. */
#ifndef WAYBILL_SPDX3_H
#define WAYBILL_SPDX3_H

#include "formats/formats_private.h"

/* Ids of elements, behind the document's IRI and `#`; packages and files have their own. */
#define WB_SPDX3_IMAGE "image"
#define WB_SPDX3_SYSTEM "operating-system"
#define WB_SPDX3_DATA_LICENCE "CC0-1.0"
#define WB_SPDX3_TOOL_NAME "waybill"
/* What a Build of Waybill's is of: an image whose config says when it was made. */
#define WB_SPDX3_BUILD_TYPE "https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md"
/* Names of the annotations that hold property lines (properties.c), or one finding. */
#define WB_SPDX3_PROPERTIES "waybill:properties"
#define WB_SPDX3_FINDING "waybill:finding"

/* ---- names (spdx3_names.c) --------------------------------------------------------------------
 */

/* Purposes and the model's component types; NULL for a package that has none. What SPDX has not is
 * "other". */
const char *wb_spdx3_purpose_of(const struct wb_package *package);
/* NULL for a purpose that SPDX has not. */
const char *wb_spdx3_component_type(struct wb_arena *arena, const char *purpose);
/* The type of an external reference, or of an external identifier; NULL where there is none. */
const char *wb_spdx3_reference_type(const struct wb_external_reference *reference);
const char *wb_spdx3_identifier_type(const struct wb_external_reference *reference);
/* The other way round: fills category and type. */
bool wb_spdx3_reference_of(const char *type, struct wb_external_reference *reference);
bool wb_spdx3_identifier_of(const char *type, struct wb_external_reference *reference);

/* ---- output -----------------------------------------------------------------------------------
 */

struct wb_spdx3 {
    const struct wb_bom *bom;
    struct wb_json_writer *json;
    struct wb_arena *arena;
    const char *document;    /* the document's IRI */
    struct wb_buffer iri;    /* of wb_spdx3_iri */
    struct wb_party *agents; /* sorted, no two the same */
    size_t agent_count, agent_capacity;
    const char **licences; /* expressions: likewise */
    size_t licence_count, licence_capacity;
    size_t *named_in; /* for each licence text, the last expression that was found to name it */
};

/* The element's IRI; good until the next call. (spdx3.c) */
const char *wb_spdx3_iri(struct wb_spdx3 *spdx, const char *id);
/* `type`, `spdxId` and `creationInfo` of an element that is then filled and ended. */
void wb_spdx3_begin(struct wb_spdx3 *spdx, const char *type, const char *id);
void wb_spdx3_end(struct wb_spdx3 *spdx);
/* Nothing at all when value is NULL or empty. */
void wb_spdx3_member(struct wb_spdx3 *spdx, const char *key, const char *value);
/* A list of one. */
void wb_spdx3_list_of(struct wb_spdx3 *spdx, const char *key, const char *value);
/* An annotation of the element `id` (NULL: of the document), when the text is not empty; `name`
 * tells what the text is, `number` this annotation from others of that name. */
void wb_spdx3_annotation(struct wb_spdx3 *spdx, const char *id, const char *name, size_t number,
                         const struct wb_buffer *text);
void wb_spdx3_hash(struct wb_spdx3 *spdx, enum wb_digest_algorithm algorithm, const uint8_t *bytes);

/* ---- agents and licences that several elements share (spdx3_shared.c) ---- */

/* Collects them, before anything is written. */
void wb_spdx3_collect(struct wb_spdx3 *spdx);
void wb_spdx3_clear(struct wb_spdx3 *spdx);
void wb_spdx3_write_agents(struct wb_spdx3 *spdx);
/* The expressions, and the texts of licences that they name. */
void wb_spdx3_write_licences(struct wb_spdx3 *spdx);
/* The id of an agent, of an expression; NULL for nobody, for none. Lives in the arena. */
const char *wb_spdx3_agent(struct wb_spdx3 *spdx, const struct wb_party *party);
const char *wb_spdx3_licence(struct wb_spdx3 *spdx, const char *expression);
/* Who supplied and who made a package, the image, the operating system; who made the document.
 * Without name, address and URL: not known. */
struct wb_party wb_spdx3_party(const struct wb_actor *actor);
struct wb_party wb_spdx3_packager(struct wb_arena *arena, const struct wb_package *package);
struct wb_party wb_spdx3_image_supplier(struct wb_arena *arena, const struct wb_bom *bom);

/* ---- the parts ---- */

/* (spdx3_packages.c) */
void wb_spdx3_write_packages(struct wb_spdx3 *spdx);
/* (spdx3_files.c) */
void wb_spdx3_write_files(struct wb_spdx3 *spdx);
/* `removed-file-N`, counted from 1. */
const char *wb_spdx3_removed_file_id(char text[64], size_t index);
/* (spdx3_relations.c) */
void wb_spdx3_write_relations(struct wb_spdx3 *spdx);

#endif
