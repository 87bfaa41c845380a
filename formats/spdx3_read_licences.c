/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 3: licences. */
#include "formats/spdx2_read.h"
#include "formats/spdx3_read.h"

#include <string.h>

/* ---- texts ---- */

/* The names by which an expression calls licences whose texts are elements of the document. */
static void read_custom_ids(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element)
{
    const json_t *entry;
    for (size_t i = 0;
         (entry = wb_spdx3_item(element->json, "simplelicensing_customIdToUri", i)) != NULL; i++) {
        const char *key = wb_json_string_of(entry, "key");
        struct wb_spdx3_element *text = wb_spdx3_find(reader, json_object_get(entry, "value"));
        if (key == NULL || text == NULL || text->kind != WB_SPDX3_LICENCE_TEXT)
            wb_spdx3_lose(reader, element, "simplelicensing_customIdToUri");
        else if (text->licence_id == NULL)
            text->licence_id = key;
        else if (strcmp(text->licence_id, key) != 0)
            wb_spdx3_lose(reader, element, "simplelicensing_customIdToUri");
    }
}

/* As its identifier says, or the end of its IRI. */
static const char *id_of(const struct wb_spdx3_element *element)
{
    static const char prefix[] = "LicenseRef-";
    const json_t *item;
    for (size_t i = 0; (item = wb_spdx3_item(element->json, "externalIdentifier", i)) != NULL;
         i++) {
        const char *type = wb_json_string_of(item, "externalIdentifierType");
        const char *identifier = wb_spdx2_text(item, "identifier");
        if (type != NULL && strcmp(type, "other") == 0 && identifier != NULL)
            return identifier;
    }
    const char *end = element->id == NULL ? NULL : strpbrk(element->id, "#");
    if (end == NULL && element->id != NULL)
        end = strrchr(element->id, '/');
    return end != NULL && wb_text_starts_with(end + 1, prefix) ? end + 1 : element->licence_id;
}

static void read_text(struct wb_spdx3_reader *reader, struct wb_spdx3_element *element)
{
    static const char *const known[] = {"name", "simplelicensing_licenseText", "externalIdentifier",
                                        NULL};
    const char *id = element->licence_id != NULL ? element->licence_id : id_of(element);
    const json_t *item;
    if (id == NULL) {
        wb_bom_add_loss(reader->bom, element->type);
        return;
    }
    element->licence_id = id;
    for (size_t i = 0; (item = wb_spdx3_item(element->json, "externalIdentifier", i)) != NULL;
         i++) {
        const char *identifier = wb_json_string_of(item, "identifier");
        if (identifier == NULL || strcmp(identifier, id) != 0)
            wb_spdx3_lose(reader, element, "externalIdentifier");
    }
    wb_bom_read_licence_text(reader->bom, id, wb_spdx2_text(element->json, "name"),
                             wb_json_string_of(element->json, "simplelicensing_licenseText"));
    wb_spdx3_count_losses(reader, element, known);
}

void wb_spdx3_read_licence_texts(struct wb_spdx3_reader *reader)
{
    static const char *const known[] = {"simplelicensing_licenseExpression",
                                        "simplelicensing_customIdToUri", NULL};
    for (size_t i = 0; i < reader->element_count; i++)
        if (reader->elements[i]->kind == WB_SPDX3_EXPRESSION) {
            read_custom_ids(reader, reader->elements[i]);
            wb_spdx3_count_losses(reader, reader->elements[i], known);
        }
    for (size_t i = 0; i < reader->element_count; i++)
        if (reader->elements[i]->kind == WB_SPDX3_LICENCE_TEXT)
            read_text(reader, reader->elements[i]);
}

/* ---- of packages ---- */

/* `https://spdx.org/licenses/MIT` stands for the licence, whether the document describes it or not.
 */
static const char *listed(const char *iri)
{
    static const char *const prefixes[] = {"https://spdx.org/licenses/",
                                           "http://spdx.org/licenses/"};
    for (size_t i = 0; iri != NULL && i < 2; i++)
        if (wb_text_starts_with(iri, prefixes[i]))
            return iri + strlen(prefixes[i]);
    return NULL;
}

static const char *expression_of(const struct wb_spdx3_element *element, const json_t *licence)
{
    if (element == NULL)
        return json_is_string(licence)
                   ? listed(json_string_value(licence))
                   : wb_spdx2_text(licence, "simplelicensing_licenseExpression");
    if (element->kind == WB_SPDX3_EXPRESSION)
        return wb_spdx2_text(element->json, "simplelicensing_licenseExpression");
    if (element->kind == WB_SPDX3_LISTED_LICENCE)
        return listed(element->id);
    return element->kind == WB_SPDX3_LICENCE_TEXT ? element->licence_id : NULL;
}

/* Many packages share one: it is kept, and judged, once. NULL for what is no licence. */
static const char *read_expression(struct wb_spdx3_reader *reader, const json_t *licence,
                                   bool *valid)
{
    struct wb_spdx3_element *element = wb_spdx3_find(reader, licence);
    struct wb_spdx3_element fresh = {0};
    struct wb_spdx3_element *kept = element == NULL ? &fresh : element;
    if (kept->licence == NULL) {
        kept->licence = wb_arena_copy(reader->bom->arena, expression_of(element, licence));
        kept->licence_is_valid =
            kept->licence != NULL && wb_licence_expression_valid(kept->licence);
    }
    *valid = kept->licence_is_valid;
    return kept->licence;
}

/* What a package states of its licences, in its own words. */
static bool read_stated(struct wb_spdx3_reader *reader, struct wb_package *package,
                        const char *comment)
{
    if (comment == NULL)
        return true;
    if (!wb_text_starts_with(comment, WB_SPDX2_STATED))
        return false;
    if (package->licence_declared == NULL)
        package->licence_declared =
            wb_arena_copy(reader->bom->arena, comment + strlen(WB_SPDX2_STATED));
    return true;
}

/* What is no expression of the list as it is here is still what the package states. */
static bool take_licence(struct wb_package *package, const char *text, bool valid, bool concluded)
{
    const char **place = concluded ? &package->licence_concluded : &package->licence;
    if (text == NULL)
        return false;
    if (!valid && (concluded || package->licence_declared != NULL))
        return false;
    if (!valid)
        place = &package->licence_declared;
    if (*place == NULL)
        *place = text;
    return *place == text || strcmp(*place, text) == 0;
}

/* The image's licences are what its label says of them. */
static bool is_label(const struct wb_spdx3_reader *reader, const char *comment)
{
    const char *label = wb_image_annotation(reader->bom->image, "licenses");
    return comment == NULL || (wb_text_starts_with(comment, WB_SPDX2_STATED) && label != NULL &&
                               strcmp(comment + strlen(WB_SPDX2_STATED), label) == 0);
}

bool wb_spdx3_read_licence(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *from,
                           const json_t *licence, const char *comment, bool concluded)
{
    bool unknown = wb_spdx3_is_individual(licence, "NoAssertionLicense") ||
                   wb_spdx3_is_individual(licence, "NoAssertionElement");
    if (from == NULL)
        return false;
    if (from->package == NULL)
        return unknown && (from != reader->image || is_label(reader, comment));
    bool stated = read_stated(reader, from->package, concluded ? NULL : comment), valid;
    if (concluded && comment != NULL)
        stated = false;
    if (unknown)
        return stated;
    const char *expression = read_expression(reader, licence, &valid);
    return take_licence(from->package, expression, valid, concluded) && stated;
}
