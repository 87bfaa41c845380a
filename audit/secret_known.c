/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets that are none: examples of documentations, and private keys that were published to be
 * tested with. */
#include "audit/secret_private.h"

#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool contains(const char *text, size_t size, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= size; i++) {
        size_t j = 0;
        while (j < length && lower(text[i + j]) == word[j])
            j++;
        if (j == length)
            return true;
    }
    return false;
}

/* One character again and again, as in `xxxxxxxx`, or each the one after the one before, as in
 * `abcdefgh`. */
static bool has_run(const char *text, size_t size)
{
    size_t same = 1, rising = 1;
    for (size_t i = 1; i < size; i++) {
        same = text[i] == text[i - 1] ? same + 1 : 1;
        rising = text[i] == text[i - 1] + 1 ? rising + 1 : 1;
        if (same >= 6 || rising >= 7)
            return true;
    }
    return false;
}

const char *wb_secret_known_text(const char *text, size_t size)
{
    /* Long enough that a random token of a usual length hardly ever has one of them. */
    static const char *const words[] = {
        "example", "changeme", "change-me", "change_me", "placeholder", "redacted",   "sample",
        "dummy",   "your-",    "your_",     "yourpass",  "insecure",    "notasecret", "replace",
        "<",       "${",       "{{",        "%s",        "..."};
    /* In lower case: what manuals and emulators of the services themselves have. */
    static const char *const published[] = {
        "eyjzdwiioiixmjm0nty3odkwiiwibmftzsi6ikpvag4grg9l", /* the token at the home of JWT */
        "eyjzb21lijoicgf5bg9hzcj9",                         /* PyJWT */
        "eby8vdm02xnocqflquwjpllmetlcdxj1ouzft50usrz6ifsufq2uvercz4i6tq/",    /* Azurite */
        "c2y6ydjf5/r+ob0n8a7cgv30vrdjiwehlm+4qdu5de2nq9nduvtqobd4b8mggypmbi", /* Cosmos DB's */
        "sk_test_4ec39hqlyjwdarjtt1zdp7dc",                                   /* Stripe */
        "sk_test_bqokikjovbii2hlwgh4olfq2",
        "110201543:aahdqtcvch1vgwjxfseofsas0k5paldsaw", /* Telegram */
        "qwxhzgrpbjpvcgvu", /* RFC 7617; the next: user:password, username:password */
        "dxnlcjpwyxnzd29yza",
        "dxnlcm5hbwu6cgfzc3dvcmq",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (contains(text, size, words[i]))
            return "an example or a placeholder";
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        if (contains(text, size, published[i]))
            return "an example of a documentation";
    return has_run(text, size) ? "an example or a placeholder" : NULL;
}

struct known_key {
    uint8_t digest[32];
    const char *what;
};

const char *wb_secret_known_key(const uint8_t digest[32])
{
    static const struct known_key keys[] = {
#include "audit/secret_known_keys.h"
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (memcmp(keys[i].digest, digest, 32) == 0)
            return keys[i].what;
    return NULL;
}
