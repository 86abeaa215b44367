# A line for each word. What is between two words ends one, and so does what is before the first:
# a text that begins with anything but a letter begins with an empty word, as `tr -cs` has it.
NR == 1 && !/^[A-Za-z]/ { print "" }
{
    gsub(/[^A-Za-z]+/, "\n")
    sub(/^\n/, "")
    sub(/\n$/, "")
    if ($0 != "")
        print
}
