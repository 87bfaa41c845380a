/* SPDX-License-Identifier: Apache-2.0 */
/* `--creator` and `--supplier`: who made a document, who supplies an image. */
#include "cli/outputs.h"

#include <stdlib.h>
#include <string.h>

static bool is_address(const char *text)
{
    return strstr(text, "://") != NULL;
}

static bool is_mail(const char *text)
{
    const char *at = strchr(text, '@');
    return at != NULL && at != text && at[1] != '\0' && strpbrk(text, " \t<>()") == NULL;
}

static bool set_contact(struct wb_party_option *party, const char *text)
{
    if (is_address(text) && strpbrk(text, " \t") == NULL)
        party->party.url = text;
    else if (is_mail(text))
        party->party.email = text;
    else
        return false;
    return true;
}

bool wb_party_option_read(const char *option, const char *text, struct wb_party_option *party,
                          struct wb_error *err)
{
    static const char person[] = "person:";
    *party = (struct wb_party_option){0};
    if (text == NULL)
        return true;
    if (!wb_utf8_valid(text, strlen(text)))
        return wb_error_set(err, WB_USAGE, "--%s: it is not UTF-8", option);
    party->party.is_person = wb_text_starts_with(text, person);
    party->text = wb_string_copy(text + (party->party.is_person ? strlen(person) : 0));
    party->party.name = party->text;
    if (set_contact(party, party->text))
        return true;
    char *open = strrchr(party->text, '<');
    size_t size = strlen(party->text);
    if (open != NULL && party->text[size - 1] == '>') {
        party->text[size - 1] = '\0';
        if (!set_contact(party, open + 1))
            return wb_error_set(err, WB_USAGE,
                                "--%s %s: in angle brackets stands an e-mail address or a URL",
                                option, text);
        while (open > party->text && open[-1] == ' ')
            open--;
        *open = '\0';
    }
    return *party->text != '\0' ||
           wb_error_set(err, WB_USAGE, "--%s %s: the name is missing", option, text);
}

void wb_party_option_clear(struct wb_party_option *party)
{
    free(party->text);
    *party = (struct wb_party_option){0};
}
