import pytest

from mmlandmark import InputError
from mmlandmark.cli.train import require_start


@pytest.mark.parametrize(
    'source', ['none.pth', 'http://localhost:9/x.pth', 'open-mmlab://no/such/model']
)
def test_unavailable_start_weights_are_refused_with_an_alternative(source):
    with pytest.raises(InputError, match='--load-from none') as caught:
        require_start(source)
    assert '\n' not in str(caught.value)
