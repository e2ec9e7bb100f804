# Ends what a killed supervisor leaves behind. Portable, and half a megabyte instead of ten.
#
# Its arguments are the process groups that live; "+ GROUP" and "- GROUP" lines change them. The supervisor alone
# holds the other end of the pipe, so the end of input means that it is gone, however it died.
groups=$*
while read -r sign group; do
    case $sign in
        +) groups="$groups $group" ;;
        -)
            others=
            for one in $groups; do [ "$one" = "$group" ] || others="$others $one"; done
            groups=$others
            ;;
    esac
done
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
