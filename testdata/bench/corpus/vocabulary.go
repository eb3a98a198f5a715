package corpus

import "strings"

// vocabulary is what posts are made of, the frequent words first.
var vocabulary = strings.Fields(`
page cache build site time route request answer region store file visitor change order word line table note list name
light paper stone water garden window morning river bridge market harbour kitchen station village evening winter summer
reader writer editor printer letter sentence chapter margin volume shelf library index folder copy draft
small large early late quiet simple steady narrow open public former honest warm bright plain careful recent distant
make take keep send read write find hold move turn carry follow answer measure compare arrange gather promise begin finish
before after under above between against within without across around because although while until whether perhaps
number figure moment reason corner surface weight colour pattern shape distance balance silence attention patience habit
machine engine signal switch wheel ladder hammer pencil needle basket bottle blanket mirror candle ticket journey
north south east west forest valley island mountain meadow shore storm cloud thunder shadow autumn spring
teacher neighbour stranger baker tailor sailor painter farmer doctor captain musician traveller gardener carpenter
seven eleven twenty hundred thousand half double quarter several many few every another certain similar different
question problem method result example detail version release station channel platform function response header
expire renew purge serve fetch render publish schedule deploy preview inspect explain validate compress stream measure
`)
