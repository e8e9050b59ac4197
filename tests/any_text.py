"""Text of any script, for property-based tests."""

from hypothesis import strategies as st

# letters of any script, signs, and what XML, JSON, YAML, addresses and spreadsheets reserve
TEXT = st.text(
    st.one_of(
        st.sampled_from('\'"`&<>%+=@-_.;,:#?*()[]{}$ ab12'),
        st.characters(codec='utf-8', categories=('L', 'N', 'P', 'S')),
    ),
    min_size=1,
    max_size=12,
).map(str.strip)
