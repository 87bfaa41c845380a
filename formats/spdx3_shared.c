/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 3: agents and licences, which are elements of their own that others refer to. */
#include "formats/spdx3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- who ---- */

static int compare_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return a == b ? 0 : strcmp(a, b);
}

static int compare_parties(const void *left, const void *right)
{
    const struct wb_party *a = left;
    const struct wb_party *b = right;
    int order = compare_text(a->name, b->name);
    if (order == 0)
        order = compare_text(a->email, b->email);
    if (order == 0)
        order = compare_text(a->url, b->url);
    return order != 0 ? order : (int)a->is_person - (int)b->is_person;
}

static bool is_known(const struct wb_party *party)
{
    return party->name != NULL || party->email != NULL || party->url != NULL;
}

struct wb_party wb_spdx3_party(const struct wb_actor *actor)
{
    return (struct wb_party){
        .name = actor->name, .email = actor->email, .is_person = actor->is_person};
}

struct wb_party wb_spdx3_packager(struct wb_arena *arena, const struct wb_package *package)
{
    struct wb_actor actor = wb_actor_parse(arena, package->packager, package->packager_is_person);
    return wb_spdx3_party(&actor);
}

struct wb_party wb_spdx3_image_supplier(struct wb_arena *arena, const struct wb_bom *bom)
{
    if (is_known(&bom->supplier))
        return bom->supplier;
    struct wb_actor actor = wb_image_supplier(arena, bom->image);
    return wb_spdx3_party(&actor);
}

static void add_party(struct wb_spdx3 *spdx, struct wb_party party)
{
    if (is_known(&party))
        WB_APPEND(spdx->agents, spdx->agent_count, spdx->agent_capacity, party);
}

static void add_package_parties(struct wb_spdx3 *spdx, struct wb_package *const *packages,
                                size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct wb_actor supplier = wb_package_supplier(packages[i]);
        add_party(spdx, wb_spdx3_party(&supplier));
        add_party(spdx, wb_spdx3_packager(spdx->arena, packages[i]));
    }
}

static void collect_agents(struct wb_spdx3 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    struct wb_actor author = wb_image_author(spdx->arena, bom->image);
    add_party(spdx, bom->creator);
    add_party(spdx, wb_spdx3_image_supplier(spdx->arena, bom));
    add_party(spdx, wb_spdx3_party(&author));
    if (wb_distribution_known(&bom->distribution)) {
        struct wb_actor maker = wb_distribution_supplier(spdx->arena, &bom->distribution);
        add_party(spdx, wb_spdx3_party(&maker));
    }
    add_package_parties(spdx, bom->packages, bom->package_count);
    add_package_parties(spdx, bom->residues, bom->residue_count);
    add_package_parties(spdx, bom->removed, bom->removed_count);
    if (spdx->agent_count == 0)
        return;
    qsort(spdx->agents, spdx->agent_count, sizeof *spdx->agents, compare_parties);
    size_t kept = 1;
    for (size_t i = 1; i < spdx->agent_count; i++)
        if (compare_parties(&spdx->agents[kept - 1], &spdx->agents[i]) != 0)
            spdx->agents[kept++] = spdx->agents[i];
    spdx->agent_count = kept;
}

const char *wb_spdx3_agent(struct wb_spdx3 *spdx, const struct wb_party *party)
{
    if (spdx->agent_count == 0 || !is_known(party))
        return NULL;
    const struct wb_party *found =
        bsearch(party, spdx->agents, spdx->agent_count, sizeof *spdx->agents, compare_parties);
    return found == NULL
               ? NULL
               : wb_arena_format(spdx->arena, "agent/%zu", (size_t)(found - spdx->agents) + 1);
}

static void write_agent(struct wb_spdx3 *spdx, const struct wb_party *agent)
{
    wb_spdx3_begin(spdx, agent->is_person ? "Person" : "Organization", wb_spdx3_agent(spdx, agent));
    wb_spdx3_member(spdx, "name", agent->name);
    if (agent->email != NULL) {
        wb_json_key(spdx->json, "externalIdentifier");
        wb_json_begin_array(spdx->json);
        wb_json_begin_object(spdx->json);
        wb_json_member(spdx->json, "type", "ExternalIdentifier");
        wb_json_member(spdx->json, "externalIdentifierType", "email");
        wb_json_member(spdx->json, "identifier", agent->email);
        wb_json_end_object(spdx->json);
        wb_json_end_array(spdx->json);
    }
    if (agent->url != NULL) {
        wb_json_key(spdx->json, "externalRef");
        wb_json_begin_array(spdx->json);
        wb_json_begin_object(spdx->json);
        wb_json_member(spdx->json, "type", "ExternalRef");
        wb_json_member(spdx->json, "externalRefType", "altWebPage");
        wb_spdx3_list_of(spdx, "locator", agent->url);
        wb_json_end_object(spdx->json);
        wb_json_end_array(spdx->json);
    }
    wb_spdx3_end(spdx);
}

void wb_spdx3_write_agents(struct wb_spdx3 *spdx)
{
    for (size_t i = 0; i < spdx->agent_count; i++)
        write_agent(spdx, &spdx->agents[i]);
}

/* ---- licences ---- */

/* Packages that were read together share long expressions. */
static int compare_expressions(const void *left, const void *right)
{
    const char *a = *(const char *const *)left;
    const char *b = *(const char *const *)right;
    return a == b ? 0 : strcmp(a, b);
}

static void add_expression(struct wb_spdx3 *spdx, const char *expression)
{
    if (expression != NULL && *expression != '\0')
        WB_APPEND(spdx->licences, spdx->licence_count, spdx->licence_capacity, expression);
}

static void add_package_licences(struct wb_spdx3 *spdx, struct wb_package *const *packages,
                                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add_expression(spdx, packages[i]->licence);
        add_expression(spdx, packages[i]->licence_concluded);
    }
}

static void collect_licences(struct wb_spdx3 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    add_expression(spdx, WB_SPDX3_DATA_LICENCE);
    add_package_licences(spdx, bom->packages, bom->package_count);
    add_package_licences(spdx, bom->residues, bom->residue_count);
    add_package_licences(spdx, bom->removed, bom->removed_count);
    qsort(spdx->licences, spdx->licence_count, sizeof *spdx->licences, compare_expressions);
    size_t kept = 1;
    for (size_t i = 1; i < spdx->licence_count; i++)
        if (strcmp(spdx->licences[kept - 1], spdx->licences[i]) != 0)
            spdx->licences[kept++] = spdx->licences[i];
    spdx->licence_count = kept;
}

const char *wb_spdx3_licence(struct wb_spdx3 *spdx, const char *expression)
{
    if (expression == NULL || *expression == '\0')
        return NULL;
    const char **found = bsearch(&expression, spdx->licences, spdx->licence_count,
                                 sizeof *spdx->licences, compare_expressions);
    return found == NULL
               ? NULL
               : wb_arena_format(spdx->arena, "licence/%zu", (size_t)(found - spdx->licences) + 1);
}

static int compare_text_id(const void *key, const void *item)
{
    return strcmp(key, ((const struct wb_licence_text *)item)->id);
}

static void write_custom_id(struct wb_spdx3 *spdx, const char *id, size_t index, bool first)
{
    char number[64];
    if (first) {
        wb_json_key(spdx->json, "simplelicensing_customIdToUri");
        wb_json_begin_array(spdx->json);
    }
    snprintf(number, sizeof number, "licence-text/%zu", index + 1);
    wb_json_begin_object(spdx->json);
    wb_json_member(spdx->json, "type", "DictionaryEntry");
    wb_json_member(spdx->json, "key", id);
    wb_json_member(spdx->json, "value", wb_spdx3_iri(spdx, number));
    wb_json_end_object(spdx->json);
}

/* Which element holds the text of each LicenseRef that the expression names: once for each. */
static void write_custom_ids(struct wb_spdx3 *spdx, size_t expression)
{
    const struct wb_bom *bom = spdx->bom;
    WB_AUTO_STRING words = wb_string_copy(spdx->licences[expression]);
    char *rest = NULL;
    bool first = true;
    if (bom->licence_text_count == 0)
        return;
    for (char *word = strtok_r(words, " ()", &rest); word != NULL;
         word = strtok_r(NULL, " ()", &rest)) {
        const struct wb_licence_text *text =
            bsearch(word, bom->licence_texts, bom->licence_text_count, sizeof *bom->licence_texts,
                    compare_text_id);
        if (text == NULL)
            continue;
        size_t index = (size_t)(text - bom->licence_texts);
        if (spdx->named_in[index] == expression + 1)
            continue;
        spdx->named_in[index] = expression + 1;
        write_custom_id(spdx, text->id, index, first);
        first = false;
    }
    if (!first)
        wb_json_end_array(spdx->json);
}

static void write_licence_text(struct wb_spdx3 *spdx, size_t index)
{
    const struct wb_licence_text *licence = &spdx->bom->licence_texts[index];
    char id[64];
    snprintf(id, sizeof id, "licence-text/%zu", index + 1);
    wb_spdx3_begin(spdx, "simplelicensing_SimpleLicensingText", id);
    wb_spdx3_member(spdx, "name", licence->name);
    wb_json_key(spdx->json, "externalIdentifier");
    wb_json_begin_array(spdx->json);
    wb_json_begin_object(spdx->json);
    wb_json_member(spdx->json, "type", "ExternalIdentifier");
    wb_json_member(spdx->json, "externalIdentifierType", "other");
    wb_json_member(spdx->json, "identifier", licence->id);
    wb_json_end_object(spdx->json);
    wb_json_end_array(spdx->json);
    wb_json_member(spdx->json, "simplelicensing_licenseText", licence->text);
    wb_spdx3_end(spdx);
}

void wb_spdx3_write_licences(struct wb_spdx3 *spdx)
{
    for (size_t i = 0; i < spdx->licence_count; i++) {
        wb_spdx3_begin(spdx, "simplelicensing_LicenseExpression",
                       wb_spdx3_licence(spdx, spdx->licences[i]));
        wb_json_member(spdx->json, "simplelicensing_licenseExpression", spdx->licences[i]);
        write_custom_ids(spdx, i);
        wb_spdx3_end(spdx);
    }
    for (size_t i = 0; i < spdx->bom->licence_text_count; i++)
        write_licence_text(spdx, i);
}

/* ---- all of them ---- */

void wb_spdx3_collect(struct wb_spdx3 *spdx)
{
    collect_agents(spdx);
    collect_licences(spdx);
    spdx->named_in = wb_arena_allocate(spdx->arena, (spdx->bom->licence_text_count + 1) *
                                                        sizeof *spdx->named_in);
}

void wb_spdx3_clear(struct wb_spdx3 *spdx)
{
    free(spdx->agents);
    free(spdx->licences);
    wb_buffer_clear(&spdx->iri);
}
