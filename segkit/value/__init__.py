"""What customers have brought and will bring, and how value is spread over them."""
