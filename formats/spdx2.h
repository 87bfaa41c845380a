/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of SPDX 2.3 share: one writer and one reader for its JSON and its tag-value form.
 */
#ifndef WAYBILL_SPDX2_H
#define WAYBILL_SPDX2_H

#include "formats/formats_private.h"

#define WB_SPDX2_IMAGE "SPDXRef-image"
#define WB_SPDX2_SYSTEM "SPDXRef-OperatingSystem" /* trivy knows it by this prefix */
/* In front of what a package states of its licences, in licenseComments. */
#define WB_SPDX2_STATED "as the package states it: "
#define WB_SPDX2_COMMENT "post-build: made from the finished image"
#define WB_SPDX2_TOOL "Tool: waybill"

/* ---- output -----------------------------------------------------------------------------------
 */

struct wb_spdx2_tags;

struct wb_spdx2 {
    const struct wb_bom *bom;
    struct wb_json_writer *json; /* one of the two */
    struct wb_spdx2_tags *tags;
    char created[WB_TIME_TEXT_SIZE];
    char *annotator;
    struct wb_arena *arena;
    char (*verification_codes)[41]; /* of packages, then residues; empty: files not analysed */
};

/* A document as a stream of JSON's events, which tag-value makes its lines of. Keys must outlive
 * the object that they stand in. (spdx2_output.c) */
void wb_spdx2_begin_object(struct wb_spdx2 *spdx);
void wb_spdx2_end_object(struct wb_spdx2 *spdx);
void wb_spdx2_begin_array(struct wb_spdx2 *spdx);
void wb_spdx2_end_array(struct wb_spdx2 *spdx);
void wb_spdx2_key(struct wb_spdx2 *spdx, const char *key);
void wb_spdx2_string(struct wb_spdx2 *spdx, const char *value);
void wb_spdx2_boolean(struct wb_spdx2 *spdx, bool value);
/* Nothing at all when value is NULL or empty. */
void wb_spdx2_member(struct wb_spdx2 *spdx, const char *key, const char *value);

/* The same for tag-value. (spdx2_tag_output.c) */
struct wb_spdx2_tags *wb_spdx2_tags_new(struct wb_output *output);
void wb_spdx2_tags_free(struct wb_spdx2_tags *tags);
WB_AUTO_DECLARE(wb_spdx2_tags)
void wb_spdx2_tags_begin(struct wb_spdx2_tags *tags);
void wb_spdx2_tags_end(struct wb_spdx2_tags *tags);
void wb_spdx2_tags_key(struct wb_spdx2_tags *tags, const char *key);
void wb_spdx2_tags_string(struct wb_spdx2_tags *tags, const char *value);

/* Which tag stands for which member of which JSON object. (spdx2_tag_names.c) */
struct wb_spdx2_tag {
    const char *container; /* the key that the object or array stands under; "" for the document */
    const char *key;       /* NULL: the items of an array */
    const char *tag;
    bool is_text; /* may have several lines, in <text> */
};
const struct wb_spdx2_tag *wb_spdx2_tag_of(const char *container, const char *key);
/* By the tag. Where several objects have a member of that tag, `container` chooses. */
const struct wb_spdx2_tag *wb_spdx2_tag_named(const char *tag, size_t size);

/* ---- the parts --------------------------------------------------------------------------------
 */

/* `"annotations": [...]` with one annotation, when the text is not empty. (spdx2_document.c) */
void wb_spdx2_annotation(struct wb_spdx2 *spdx, const struct wb_buffer *text);
/* `Person: name (mail)`; NULL for nobody. free(). (spdx2_actor.c) */
char *wb_spdx2_actor_text(const struct wb_actor *actor);
/* Takes it apart; an actor without a name for NOASSERTION, NONE and anything else. */
struct wb_actor wb_spdx2_actor_read(struct wb_arena *arena, const char *text);
/* `waybill-party` as an actor: its address stands for a name that is not stated. */
struct wb_actor wb_spdx2_party(const struct wb_party *party);
/* The "packages" array. (spdx2_packages.c, spdx2_image.c) */
void wb_spdx2_packages(struct wb_spdx2 *spdx);
void wb_spdx2_image(struct wb_spdx2 *spdx);
void wb_spdx2_system(struct wb_spdx2 *spdx);
struct wb_spdx2_licences {
    const char *concluded;
    const char *declared;
    const char *as_stated;
    const char *comment; /* more of it, on a line of its own; NULL */
    const char *copyright;
};
void wb_spdx2_licences(struct wb_spdx2 *spdx, const struct wb_spdx2_licences *licences);
void wb_spdx2_actor(struct wb_spdx2 *spdx, const char *key, const struct wb_actor *actor);
void wb_spdx2_homepage(struct wb_spdx2 *spdx, const char *url);
void wb_spdx2_checksum(struct wb_spdx2 *spdx, const struct wb_digest *digest);
void wb_spdx2_external_reference(struct wb_spdx2 *spdx, const char *category, const char *type,
                                 const char *locator, const char *comment);
/* The "files" array; and the codes over each package's files (SPDX 2.3, 7.9), to be made before
 * the packages are written. False when the machine has no SHA-1. (spdx2_files.c) */
void wb_spdx2_files(struct wb_spdx2 *spdx);
bool wb_spdx2_verification_codes(struct wb_spdx2 *spdx, struct wb_error *err);
/* Whether SPDX can carry the file: it wants a SHA-1. */
bool wb_spdx2_file_listed(const struct wb_file_hashes *hashes);
/* Files that SPDX cannot carry as files, as property lines of the image. */
void wb_spdx2_unlisted_files(const struct wb_property_sink *sink, const struct wb_bom *bom);
/* Place of a package in verification_codes; SIZE_MAX for one that has none. */
size_t wb_spdx2_code_index(const struct wb_bom *bom, const struct wb_package *package);
/* Where a package comes from, as text for its sourceInfo; nothing when it is not known. */
void wb_spdx2_source_text(const struct wb_package *package, struct wb_buffer *text);
/* Takes what Waybill and trivy write there, where nothing else said it; false for anything else. */
bool wb_spdx2_source_read(struct wb_arena *arena, struct wb_package *package, const char *text);
/* Purposes (7.24) and the model's component types. (spdx2_actor.c) */
const char *wb_spdx2_purpose_of(const struct wb_package *package);
const char *wb_spdx2_component_type(const char *purpose);

#endif
