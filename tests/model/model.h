/* claim(N, expression): expression holds, or property N of the model's head is broken. */
#define claim(property, expression) assert((expression) || property == 0);
