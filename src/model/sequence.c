#include "model/sequence.h"

#define SEQUENCE_GAMMA 0x9e3779b97f4a7c15ULL
#define SEQUENCE_LASTS 16

static uint64_t sequence_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

uint64_t sequence_random(struct sequence *q)
{
    q->state += SEQUENCE_GAMMA;
    return sequence_mix(q->state);
}

void sequence_init(struct sequence *q, uint64_t seed)
{
    q->state = seed;
    q->lasts = sequence_random(q) & 1 ? SEQUENCE_LASTS : 1;
    q->order = sequence_random(q);
}

/* FNV-1a, 64 bits. */
static uint64_t sequence_hash(uint64_t hash, const char *bytes, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3ULL;
    return hash;
}

uint64_t sequence_key(const char *name, unsigned member, unsigned kind)
{
    uint64_t hash = 0xcbf29ce484222325ULL, n = 0;
    const char tail[] = {0,
                         (char)kind,
                         (char)member,
                         (char)(member >> 8),
                         (char)(member >> 16),
                         (char)(member >> 24)};

    while (name[n] != '\0')
        n++;
    return sequence_hash(sequence_hash(hash, name, n), tail, sizeof(tail));
}

void sequence_step(struct sequence *q)
{
    if (sequence_random(q) % q->lasts == 0)
        q->order = sequence_random(q);
}

bool sequence_better(const struct sequence *q, struct sequence_choice *c, uint64_t key)
{
    uint64_t rank = sequence_mix((key ^ q->order) + SEQUENCE_GAMMA);

    if (c->any && (c->rank > rank || (c->rank == rank && c->key >= key)))
        return false;
    *c = (struct sequence_choice){true, key, rank};
    return true;
}
